export const edge = {};
