/**
 * The page for **developers** (O10): what an engineer copies to connect a service, with this issuer's own addresses; every
 * client setting, every refusal with its cure, and one vocabulary, each from where it is decided. Open to everybody, and
 * so it names nothing that is registered.
 */
export { createDevelopers } from './create-developers.ts'
