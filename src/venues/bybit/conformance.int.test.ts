import { conformanceSuite } from '../conformance/suite.ts';
import { BYBIT_UNDER_TEST } from './conformance.ts';

conformanceSuite(BYBIT_UNDER_TEST);
