/**
 * The **map**: builds the floor, each feature once, and the entry points, and connects what follows from what. It knows
 * everything and decides nothing. `floor.ts` → `features.ts` → `entry-points.ts`; `events.ts` is the one list of what
 * follows a change, `jobs.ts` the work that nobody waits for; `running.ts` holds the app that runs now.
 */
export { type App, createApp } from './create-app.ts'
export { createReload } from './reload.ts'
export { createRunning, type Running } from './running.ts'
