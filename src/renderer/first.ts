import { startFirstField } from './first-field.ts';

// Run before any of the large scripts.
startFirstField();
