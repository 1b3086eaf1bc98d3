/**
 * **Profile-sync** keeps the basic details of linked accounts in step (S4-3): from the person to every copy, from a
 * company's write to the person, and out to the services that are told. Level-triggered and idempotent throughout;
 * the guarantees G1–G5 are its contract. It makes no links and decides no rights.
 */
export { applyPolicyChanges } from './apply-policy-change.ts'
export { assertChangeable, type CompanyWrite, createCompanyWrite } from './company-write.ts'
export { type CopyDelivery, createEventDispatcher, type Delivery, type LifecycleDelivery } from './deliver-events.ts'
export { createPush } from './push-event.ts'
export { createRecipients } from './recipients.ts'
export { createReconciler, type Reconciler } from './reconciler.ts'
export { createRedeliver } from './redeliver.ts'
export { retellNames } from './retell-names.ts'
export { applyIntents } from './sync-copies.ts'
export { syncLag } from './sync-lag.ts'
export { createTellNotice, type TellNotice } from './tell-notice.ts'
