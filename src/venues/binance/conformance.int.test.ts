import { conformanceSuite } from '../conformance/suite.ts';
import { BINANCE_UNDER_TEST } from './conformance.ts';

conformanceSuite(BINANCE_UNDER_TEST);
