import vueI18n from '@intlify/eslint-plugin-vue-i18n'
import vue from 'eslint-plugin-vue'
import a11y from 'eslint-plugin-vuejs-accessibility'
import globals from 'globals'
import tseslint from 'typescript-eslint'

const messages = {
  localeDir: {
    pattern: './src/locales/*/*.json',
    localeKey: 'path',
    localePattern: /\/(?<locale>[a-z]{2})\.json$/,
  },
  messageSyntaxVersion: '^11.0.0',
}
// The codes of errors and the names of variables come from the server; tests compare them with these keys.
const unusedKeys = [
  'error',
  { src: './src', extensions: ['.ts', '.vue'], ignores: ['/^(errors|variables)\\./'] },
]

export default tseslint.config(
  { ignores: ['node_modules', 'src/services/api.gen.ts', 'screenshots'] },
  ...tseslint.configs.recommended,
  ...vue.configs['flat/recommended'],
  ...a11y.configs['flat/recommended'],
  ...vueI18n.configs.base,
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
  },
  {
    files: ['src/**/*.{ts,vue}'],
    languageOptions: { globals: globals.browser },
    settings: { 'vue-i18n': messages },
    rules: {
      '@intlify/vue-i18n/no-raw-text': [
        'error',
        { ignorePattern: '^[\\s\\-–·/()….,:#&]+$', ignoreText: ['Ackify', 'SHA-256', 'UTC'] },
      ],
      '@intlify/vue-i18n/no-missing-keys': 'error',
      '@intlify/vue-i18n/no-missing-keys-in-other-locales': 'off',
      '@intlify/vue-i18n/no-unused-keys': unusedKeys,
      '@intlify/vue-i18n/no-dynamic-keys': 'error',
      '@intlify/vue-i18n/no-v-html': 'error',
      'vue/no-v-html': 'error',
      'vue/multi-word-component-names': 'off',
      'vue/require-default-prop': 'off',
      // Prettier owns the layout.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/html-indent': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vuejs-accessibility/label-has-for': ['error', { required: { some: ['nesting', 'id'] } }],
    },
  },
  {
    files: ['src/locales/*/*.json'],
    settings: { 'vue-i18n': messages },
    rules: {
      '@intlify/vue-i18n/no-unused-keys': unusedKeys,
      '@intlify/vue-i18n/valid-message-syntax': 'error',
    },
  },
  {
    files: ['public/*.js'],
    languageOptions: { globals: { ...globals.browser, ...globals.serviceworker } },
    rules: { '@typescript-eslint/no-unused-vars': 'off' },
  },
)
