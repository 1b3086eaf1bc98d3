/**
 * The **configuration**: the only reader of the environment and of `CONFIG_DIR`. Everything is read, every issue told at
 * once with its place and its cure; what is handed out is typed, checked and frozen.
 */

export { type Demonstration, demonstrationServices, loadDemonstration } from './demonstration.ts'
export { digestOf } from './digest-of.ts'
export { type Config, checkConfig, clientSecret, loadConfig } from './settings.ts'
export { type SettingShape, settingsOf } from './settings-of.ts'
