/** The page behind an accent, in the light and the dark theme; the dark one as its lightest surface. */
export const pageColours = { light: '#ffffff', dark: '#24272e' } as const

/** WCAG 2.2 SC 1.4.3: an accent may carry words. */
export const leastContrast = 4.5

/** Contrast ratio of two #rrggbb colours (WCAG 2.2). */
export const contrast = (a: string, b: string): number => {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

const luminance = (colour: string): number => {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
