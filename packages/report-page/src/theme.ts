/** Light or dark: as the system has it, until somebody says otherwise. */
import { h } from './elements.ts'

export function themeButton(onChange: () => void): HTMLButtonElement {
  const system = window.matchMedia('(prefers-color-scheme: dark)')
  const root = document.documentElement
  const isDark = () => (root.dataset['theme'] ?? (system.matches ? 'dark' : 'light')) === 'dark'
  const button = h('button', { type: 'button', class: 'theme' })
  const show = () => {
    button.textContent = isDark() ? 'Light theme' : 'Dark theme'
    onChange()
  }
  button.addEventListener('click', () => {
    root.dataset['theme'] = isDark() ? 'light' : 'dark'
    show()
  })
  system.addEventListener('change', show)
  button.textContent = isDark() ? 'Light theme' : 'Dark theme'
  return button
}
