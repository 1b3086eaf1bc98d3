/**
 * The **account pages**: the person's own door (`/account`), for a person and for the holder of one separate account
 * alike: a first page, and six entries: Services · Details · Security · Sharing · Messages · Requests. With them what anybody may read
 * (`/privacy/{company}`, `/cookies`) and the page behind a mail's *Undo*. It decides nothing itself: `access-rules.ts`
 * says who may, the features do. Serves S0, S1-a, S1-b, S4-1 to S4-3, S4-8 to S4-11, S8, S12.
 */
export { createPortal } from './create-portal.ts'
