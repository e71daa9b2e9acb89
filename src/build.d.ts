/** Chela's own version, from package.json; put in by the build. */
declare const __CHELA_VERSION__: string;
