import type { ClaimName, DetailName } from '../details/index.ts'
import type { Language } from '../i18n/index.ts'
import type { MessageKind, MessageTopic } from './message-kinds.ts'

/** `[a-z0-9-]`, immutable, never used again for another company: it is a key prefix in the store (model M14). */
export type CompanyId = string & { readonly brand?: 'CompanyId' }

/** Text in the languages of the product; `en` is always there. */
export type Localized = { en: string } & Partial<Record<Language, string>>

/** What something is called in other languages than its `name`. */
export type OtherNames = Partial<Record<Language, string>>

/** A contact as policies print it (S12). */
export interface Contact {
  name: string
  names?: OtherNames
  address: string
  email?: string
  phone?: string
  url?: string
}

export type LegalBasis = 'contract' | 'legitimate-interest' | 'consent' | 'legal-obligation'

/** A dated edition of a company's privacy policy (S0); the newest is in force, and stands first in `Company.policy`. */
export interface PolicyVersion {
  version: string
  /** ISO date of its last change. */
  date: string
  /** Where the policy is published, when it is not held here. */
  url?: string
  text?: Localized
  /** A material change: people are told (S0). */
  material: boolean
}

/** One purpose that a company receives details for (S2-d). */
export interface SharingPurpose {
  /** Never used again for another purpose. */
  id: string
  receives: ClaimName[]
  purpose: Localized
  basis: LegalBasis
  /** What stops working without it. */
  without?: Localized
}

/** What a company may receive, change and ask for, and why (attribute release policy). */
export interface ReleasePolicy {
  receives: ClaimName[]
  /** Subset of `receives`: what it may change through its API or its support. */
  writes: ClaimName[]
  /** OAuth scopes its services may be granted; anything of the group outside it is `invalid_scope`. */
  scopes: string[]
  /** Details without which its services can't open an account; each within `receives`. */
  requires: DetailName[]
  purpose: Localized
  basis: LegalBasis
  /** What each part of it is for, where a person may refuse one and not another; absent: all of it is one purpose. */
  purposes?: SharingPurpose[]
  /** How long it keeps what it received, as people read it. */
  retention: Localized
}

/** A field of one company's account alone (S1-a): never synced, never a claim of the group. */
export interface CustomAttribute {
  id: string
  label: Localized
  reason: Localized
  basis: LegalBasis
  type: 'text' | 'choice' | 'choices'
  options?: { value: string; label: Localized }[]
  required: boolean
}

/** What a company writes to people, with the kind that decides whether their choices let it be sent (S2-a). */
export interface Message {
  id: string
  name: Localized
  kind: MessageKind
  about: MessageTopic
}

/** How this company closes an account (S4-10): at once, after days in which the person can come back, or by asking it. */
export type ClosureProcess = { kind: 'at-once' } | { kind: 'after-grace'; days: number } | { kind: 'by-contact' }

/** How long this company takes over what people ask for by law (GDPR Art. 12(3)), and keeps what was written. */
export interface RequestRules {
  answerMonths: number
  /** Added once, with a reason. */
  extensionMonths: number
  /** How many days before the end of that time those who watch are told. */
  alarmDays: number
  /** After its end: as long as a complaint or a court may ask for it. */
  keptMonths: number
}

export interface Company {
  id: CompanyId
  /** The everyday name ("Games"). */
  name: string
  legalName: string
  /** ISO 3166-1 alpha-2. */
  country: string
  representatives: { eu?: Contact; uk?: Contact }
  authority: { name: string; url: string }
  contacts: { privacy: Contact; support: Contact; dataProtectionOfficer?: Contact }
  policy: PolicyVersion[]
  release: ReleasePolicy
  /** The mechanism under which data leaves the EEA and the UK for this company (S5); absent inside them. */
  transfer?: 'adequacy' | 'standard-contractual-clauses' | 'binding-corporate-rules'
  ownFields: CustomAttribute[]
  messages: Message[]
  /** Never below 16 (S11). */
  minimumAge: number
  closure: ClosureProcess
  childData: Localized
  retention: { months: number; text: Localized }
  requests: RequestRules
  /** An accent only: the sign-in stays recognisable as one. `colour` as #rrggbb, checked for contrast in both themes. */
  brand: { colour: string; colourDark: string; mark: string }
  /** E-mail addresses of the first administrators of its support console. */
  administrators: string[]
  /** Hosts or address:port pairs the provider may call though they are loopback or private (development, or by declaration). */
  reachablePrivately: string[]
}

/** Runs the unified sign-in: controller of credentials, links and security events. */
export type Operator = Pick<
  Company,
  'id' | 'name' | 'legalName' | 'country' | 'representatives' | 'authority' | 'contacts' | 'policy' | 'brand'
> & {
  names?: OtherNames
  /** How it stands to the companies in keeping details in step (GDPR Art. 26 or Art. 28). */
  arrangement: { kind: 'joint' | 'processor'; text: Localized }
  /** What `/.well-known/security.txt` says (RFC 9116). */
  security?: { contacts: string[]; policy?: string | undefined; days: number }
}
