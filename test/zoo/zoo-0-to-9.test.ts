import { exhibitTests } from './exhibit-tests.ts';

exhibitTests(0, 9);
