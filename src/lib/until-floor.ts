/** Settles no sooner than `floor` milliseconds after `began`, as `performance.now` has it: whatever was found, it took as long. */
export const untilFloor = async (began: number, floor: number): Promise<void> => {
  const left = floor - (performance.now() - began)
  // A timer counts whole milliseconds, from the last that began: up to one of each would be missing.
  if (left > 0) await new Promise((resolve) => setTimeout(resolve, Math.ceil(left) + 1))
}
