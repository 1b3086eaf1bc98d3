/** For every router: a path is matched as it is written, so that no guard and no route read one differently (§6). */
export const exactPaths = { sensitive: true, strict: true } as const
