/**
 * What a company writes about, and so of which kind a message is (S2-a): nothing that advertises is on the list of what an
 * account needs, so that marketing cannot be declared as service.
 */
export const serviceTopics = ['contract', 'delivery', 'security', 'safety', 'policy-change', 'support'] as const
export const marketingTopics = ['offers', 'news', 'competitions', 'events', 'surveys'] as const
export const messageTopics = [...serviceTopics, ...marketingTopics] as const
export const messageKinds = ['service', 'marketing', 'group-news'] as const

export type MessageTopic = (typeof messageTopics)[number]
export type MessageKind = (typeof messageKinds)[number]

export const isOfKind = (kind: MessageKind, about: MessageTopic): boolean =>
  (kind === 'service') === (serviceTopics as readonly string[]).includes(about)
