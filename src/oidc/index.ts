/**
 * The **provider**: OpenID Connect for every client of the group, by oidc-provider, which no other folder imports.
 * It owns sessions, codes, tokens, grants, keys and logout messages; a person's tokens are opaque and die with their
 * grant, an account's epoch or a new credential (model M12). Asks people nothing itself but on the pages of sign-out
 * and device codes: signing in, linking and consent are pages that get an interaction and finish it. Serves S4-2,
 * S4-4, S4-8; the rules it is built by carry the numbers P1–P17 in its comments.
 */
export { createOidc } from './create-oidc.ts'
export { deviceName } from './device-name.ts'
export type * from './oidc.ts'
export type { OidcDeps } from './oidc-deps.ts'
export { proofAlgorithms, type Shown } from './proof-of-key.ts'
export { documentedRefusals } from './refusal-rules.ts'
export { rotateKeys } from './rotate-keys.ts'
export { createTrustedDevices, type TrustedDevices } from './trusted-devices.ts'
