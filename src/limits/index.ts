/**
 * **Limits** against guessing and floods, shared by every path (security §3, threats T1–T3): how often an address, a
 * network, a browser or a client may try something in a while. A place is held before anything is looked at, so that
 * racing attempts can't exceed them; of guesses only the wrong ones count (Q4). Holds digests of what it counts, never the thing itself.
 */

export { type BruteForceProtection, createBruteForceProtection, trustedFor } from './brute-force-protection.ts'
export { createLimits, type LimitKey, type Limits } from './create-limits.ts'
export { type LimitRule, limitRules } from './limit-rules.ts'
