import { exhibitTests } from './exhibit-tests.ts';

exhibitTests(10, 19);
