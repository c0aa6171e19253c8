/** Upper bounds on what a server or a file may make us hold, in bytes unless the name says otherwise. */
export const limits = {
  manifestBytes: 4_194_304,
  tokenBytes: 131_072,
  errorBytes: 65_536,
  /** Default for one artifact; callers may set their own. */
  artifactBytes: 2_147_483_648,
  /** Default for a whole cache, before what was not used for a day goes. */
  cacheBytes: 3_221_225_472,
  descriptorsPerManifest: 1024,
  indexDepth: 4,
} as const;
