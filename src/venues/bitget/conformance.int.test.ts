import { conformanceSuite } from '../conformance/suite.ts';
import { BITGET_UNDER_TEST } from './conformance.ts';

conformanceSuite(BITGET_UNDER_TEST);
