/**
 * **Analytics** (statistik): how many people signed in, where, how, and joined which companies' accounts, told in a way that
 * points at nobody (S4-7, S3-b). A fixed set of tables, counted as things happen under a key that is destroyed when its
 * month is over. Owns this month's rows, their key, and the figures of the months before.
 */

export { type Analytics, createAnalytics } from './create-analytics.ts'
export { type Answer, ages, type Counted, type Figure, groupTables, type Month } from './figures.ts'
export { type CompanyStatistics, createTally, statisticsFor, suppress } from './suppress.ts'
