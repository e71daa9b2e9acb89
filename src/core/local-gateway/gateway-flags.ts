/**
 * For the V8 that runs the embedded Gateway. Garbage of a busy minute is let grow to 64 MB by default, and that much stays
 * resident in a Gateway that keeps 15 MB. This much serves as many requests.
 */
export const gatewayV8Flags = ['--max-semi-space-size=4'];
