import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * The type that the product ships, both under the SIL Open Font License 1.1: one family to read, one for headings. Each
 * is cut in two: what the languages of the pages are written with, and what else a name may need, which a browser asks
 * for only where it stands on the page. Japanese is left to the reader's own machine.
 */
const families = [
  { family: 'Figtree', name: 'figtree', weight: '300 900' },
  { family: 'Source Serif 4', name: 'source-serif-4', weight: '200 900' },
] as const
const cuts = ['latin', 'latin-ext'] as const

const inPackage = (name: string, file: string): Buffer =>
  readFileSync(fileURLToPath(import.meta.resolve(`@fontsource-variable/${name}/${file}`)))

const each = families.flatMap(({ family, name, weight }) =>
  cuts.map((cut) => ({ family, name, weight, cut, asset: `fonts/${name}-${cut}.woff2` })),
)

/** What every page in Latin letters begins with. */
export const fontsAtOnce = each.filter(({ cut }) => cut === 'latin').map(({ asset }) => asset)

/** By the name of the asset; each family's licence lies beside it. */
export const fontFiles = (): Record<string, Buffer> => ({
  ...Object.fromEntries(
    each.map(({ name, cut, asset }) => [asset, inPackage(name, `files/${name}-${cut}-wght-normal.woff2`)]),
  ),
  ...Object.fromEntries(families.map(({ name }) => [`fonts/${name}.txt`, inPackage(name, 'LICENSE')])),
})

/** Until a file is there the machine's own letters stand in. `address`: of an asset, by its name. */
export const fontCss = (address: (asset: string) => string): string =>
  each
    .map(({ family, name, weight, cut, asset }) => {
      const ranges = JSON.parse(inPackage(name, 'unicode.json').toString('utf8')) as Record<string, string>
      return `/* Licence: ${address(`fonts/${name}.txt`)} */
@font-face {
  font-family: "${family}";
  font-weight: ${weight};
  font-display: swap;
  src: url("${address(asset)}") format("woff2");
  unicode-range: ${ranges[cut]};
}
`
    })
    .join('')
