import { conformanceSuite } from '../conformance/suite.ts';
import { MEXC_UNDER_TEST } from './conformance.ts';

conformanceSuite(MEXC_UNDER_TEST);
