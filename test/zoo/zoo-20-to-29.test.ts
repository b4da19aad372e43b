import { exhibitTests } from './exhibit-tests.ts';

exhibitTests(20, 29);
