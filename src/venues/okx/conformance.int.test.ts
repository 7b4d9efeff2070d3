import { conformanceSuite } from '../conformance/suite.ts';
import { OKX_UNDER_TEST } from './conformance.ts';

conformanceSuite(OKX_UNDER_TEST);
