/**
 * **Activity**: what happened to a sign-in or an account, kept for the one whose it is (S1-b): who changed which detail,
 * which linked account was used, when, how and roughly from where; and the mails that tell of it. Written from the logs
 * that travel in the documents (model M4) and from what the sign-in saw; the same entry twice is one event and one mail.
 * A company never reads a trail: what it may know of its own services is its own feature's to cut.
 */
export { createBundlesStore } from './bundles-store.ts'
export { coarseNetwork } from './coarse-network.ts'
export { type Activity, createActivity } from './create-activity.ts'
export { type EventKind, kindsOn, type SupportAct } from './event.ts'
export { createEventsStore } from './events-store.ts'
export { createNotices, type Notice } from './notices.ts'
export type { ShownEvent } from './present.ts'
export { createUndo, type Undo } from './undo.ts'
