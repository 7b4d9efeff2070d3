import { conformanceSuite } from '../conformance/suite.ts';
import { HTX_UNDER_TEST } from './conformance.ts';

conformanceSuite(HTX_UNDER_TEST);
