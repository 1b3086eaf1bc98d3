/**
 * **Portability** (S9, GDPR Art. 15 and 20): everything that is held here of one person, or what it holds for one
 * company, as an archive that people and machines read. It is gathered in the background in sealed pages, so that a
 * crash loses nothing and memory stays flat, and then packed once; given to the one who is signed in, or once to whoever
 * they hand an address to; a download that was broken off goes on; and it is gone after a day. Each row says whether it
 * was provided or observed.
 */
export { archiveSchema } from './archive-schema.ts'
export { createPortability, type Portability } from './create-portability.ts'
export { sealedFor } from './pack-archive.ts'
