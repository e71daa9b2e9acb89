export const responder = {};
