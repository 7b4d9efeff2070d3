import { conformanceSuite } from '../conformance/suite.ts';
import { KUCOIN_UNDER_TEST } from './conformance.ts';

conformanceSuite(KUCOIN_UNDER_TEST);
