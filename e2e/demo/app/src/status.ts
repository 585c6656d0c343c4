/** prom-client is optional here: without it the page says so. */
export async function statusPage(): Promise<string> {
  try {
    const { register } = await import('prom-client')
    return `up, metrics as ${register.contentType.split(';')[0]}`
  } catch (error) {
    if (!/MODULE_NOT_FOUND$/.test(String((error as { code?: unknown }).code))) throw error
    return 'up, no metrics: prom-client is not installed'
  }
}
