import { channels, contrast, luminance, surfaces } from '../lib/colour.ts'

interface Brand {
  colour: string
  colourDark: string
}

/**
 * A company's colour as an accent: a band, a badge, a dot. It never carries meaning or text of its own, and is moved
 * towards black or white until it can be seen on its ground (WCAG 1.4.11), whatever the configuration says.
 */
export const brandCss = ({ colour, colourDark }: Brand): string => {
  const light = visibleOn(surfaces.light, colour)
  const dark = visibleOn(surfaces.dark, colourDark)
  return `:root { --brand: ${light}; --brand-ink: ${inkOn(light)}; }
@media (prefers-color-scheme: dark) { :root { --brand: ${dark}; --brand-ink: ${inkOn(dark)}; } }
`
}

const visibleOn = (ground: string, colour: string): string => {
  const goal = luminance(ground) > 0.5 ? 0 : 255
  for (let step = 0; step < 20; step++) {
    const moved = mixed(colour, goal, step / 20)
    if (contrast(moved, ground) >= 3) return moved
  }
  return mixed(colour, goal, 1)
}

const inkOn = (colour: string): string =>
  contrast('#ffffff', colour) >= contrast('#000000', colour) ? '#ffffff' : '#000000'

const mixed = (colour: string, goal: number, share: number): string =>
  `#${channels(colour)
    .map((value) =>
      Math.round(value + (goal - value) * share)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`
