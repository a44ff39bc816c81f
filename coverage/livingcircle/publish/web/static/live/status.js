/* What a home is found to be; reasons are these from OFF on, and three of their own. */
export const COVERED = 0;
export const GAP = 1;
export const OFF = 2;
export const ISLAND = 3;
export const NO_FACILITY = 4;
export const DETOUR = 5;
export const SLOW = 6;
