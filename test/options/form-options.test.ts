import { checkStructuralOptions } from '../../src/options/check-structural-options';
import type { FormOptions } from '../../src/options/form-options';
import type { ConfigurationError } from '../../src/errors/configuration-error';
import { testAccess } from '../support/auth-app';

function check(forms: unknown): readonly string[] {
  try {
    checkStructuralOptions({ access: testAccess, forms: forms as FormOptions });
    return [];
  } catch (error) {
    return (error as ConfigurationError).problems.map(({ option }) => option);
  }
}

describe('forms', () => {
  it.each([
    undefined,
    { loginPage: '/login', homePage: '/' },
    { loginPage: '/a/b', homePage: '/c' },
  ])('%j is accepted', (forms) => expect(check(forms)).toEqual([]));

  it.each([
    [{}, ['forms.loginPage', 'forms.homePage']],
    [{ loginPage: '/login' }, ['forms.homePage']],
    [{ loginPage: 'https://evil.example/', homePage: '/' }, ['forms.loginPage']],
    [{ loginPage: '//evil.example', homePage: '/' }, ['forms.loginPage']],
    [{ loginPage: 'login', homePage: '/' }, ['forms.loginPage']],
    [{ loginPage: '/login?a=b', homePage: '/' }, ['forms.loginPage']],
    [{ loginPage: '/login', homePage: '/#a' }, ['forms.homePage']],
    [{ loginPage: 5, homePage: null }, ['forms.loginPage', 'forms.homePage']],
    [{ loginPage: '/login', homePage: '/', loginpage: '/x' }, ['forms.loginpage']],
    ['/login', ['forms', 'forms.loginPage', 'forms.homePage']],
  ])('%j is refused', (forms, options) => expect(check(forms)).toEqual(options));
});
