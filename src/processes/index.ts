/**
 * **Several processes** on one database (`PROCESSES`): a primary that keeps them, replaces who ends, and lets the old go only
 * once the new serve; and what each of them tells it. None of them answers differently for being one of several: what
 * somebody began at one goes on at any.
 */
export { isPrimary, joinProcesses } from './join.ts'
export { runPrimary } from './primary.ts'
