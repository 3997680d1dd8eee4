import path from 'node:path';

/** Where results, generated files and stores of the benches are: not part of the repository. */
export const OUT = path.join(import.meta.dirname, 'out');

/** The program as a user calls it. */
export const CEIR = path.join(import.meta.dirname, '../bin/ceir.js');
