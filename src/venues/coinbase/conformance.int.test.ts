import { conformanceSuite } from '../conformance/suite.ts';
import { COINBASE_UNDER_TEST } from './conformance.ts';

conformanceSuite(COINBASE_UNDER_TEST);
