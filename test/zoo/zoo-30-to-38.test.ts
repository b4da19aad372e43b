import { exhibitTests } from './exhibit-tests.ts';

exhibitTests(30, 38);
