import { type ConfigIssue, type ConfigIssueAt, inFile, nearest } from '../lib/config-issues.ts'
import type { ReadDeclaration } from '../services/index.ts'
import { productScopes } from '../services/index.ts'
import { claimsOfScope, isOpenidScope, openidScopes } from './catalogue.ts'

type Path = (string | number)[]

/** The gate as the files are read: client ⊆ service ⊆ release policy, each word known, no scope that could release nothing. */
export const scopeIssues = (declarations: readonly ReadDeclaration[]): ConfigIssue[] =>
  declarations.flatMap((declaration) => inFile(declaration.file, issuesIn(declaration)))

const issuesIn = ({ company: { release }, services, partners, clients, apis }: ReadDeclaration): ConfigIssueAt[] => {
  if (!release) return []
  const ofApis = [...productScopes, ...apis.flatMap((api) => api?.scopes ?? [])]
  const known = [...openidScopes, ...ofApis]
  const beyond = (scopes: readonly string[], allowed: readonly string[], path: Path, whose: string): ConfigIssueAt[] =>
    scopes.flatMap((scope, i) =>
      allowed.includes(scope)
        ? []
        : [
            {
              path: [...path, 'scopes', i],
              says: `"${scope}" is beyond ${whose}: write it there too, or take it out here`,
            },
          ],
    )
  const issues: ConfigIssueAt[] = release.scopes.flatMap((scope, i) => {
    const path = ['release', 'scopes', i]
    const claims = claimsOfScope(scope)
    if (!known.includes(scope))
      return [{ path, says: `"${scope}" is no scope of this company: ${meant(scope, known)}` }]
    if (claims.length > 0 && !claims.some((claim) => release.receives.includes(claim)))
      return [
        { path, says: `"${scope}" would release nothing: write ${claims.join(' or ')} in receives, or take it out` },
      ]
    return []
  })
  apis.forEach((api, i) => {
    for (const scope of api?.scopes ?? [])
      if (isOpenidScope(scope) || (productScopes as readonly string[]).includes(scope))
        issues.push({ path: ['apis', i, 'scopes'], says: `"${scope}" is a scope of the product: write another name` })
  })
  for (const [key, sites] of [
    ['services', services],
    ['partners', partners],
  ] as const)
    sites.forEach((site, i) => {
      if (!site) return
      issues.push(...beyond(site.scopes ?? [], release.scopes, [key, i], "the company's release policy"))
      if (key === 'partners')
        site.scopes?.forEach((scope, at) => {
          if ((productScopes as readonly string[]).includes(scope))
            issues.push({
              path: [key, i, 'scopes', at],
              says: `"${scope}" opens every account of the company: take it out; a partner acts for one person at a time (S3-c)`,
            })
        })
      site.clients.forEach((client, at) => {
        if (!client.scopes) return
        const path = [key, i, 'clients', at]
        issues.push(
          ...beyond(
            client.scopes,
            site.scopes ?? client.scopes,
            path,
            key === 'services' ? 'its service' : 'its partner',
          ),
        )
        if (!client.scopes.includes('openid'))
          issues.push({ path: [...path, 'scopes'], says: 'lacks openid, without which nobody signs in: write it' })
        if (client.offline && !client.scopes.includes('offline_access'))
          issues.push({ path: [...path, 'offline'], says: 'needs the scope offline_access: write it in scopes too' })
      })
    })
  clients.forEach((client, i) => {
    if (!client?.scopes) return
    issues.push(...beyond(client.scopes, release.scopes, ['clients', i], "the company's release policy"))
    client.scopes.forEach((scope, at) => {
      if (isOpenidScope(scope))
        issues.push({
          path: ['clients', i, 'scopes', at],
          says: `"${scope}" is about a person, and a machine has none: take it out`,
        })
    })
    if (client.scopes.length === 0)
      issues.push({ path: ['clients', i, 'scopes'], says: `is missing: write which of ${ofApis.join(', ')}` })
  })
  return issues
}

const meant = (scope: string, known: string[]): string => {
  const near = nearest(scope, known)
  return near ? `write "${near}"` : `known are ${known.join(', ')}; its own belong under apis`
}
