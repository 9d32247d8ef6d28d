import { render } from 'preact';
import { App } from './app.tsx';
import { takeToken } from './core/session.ts';
import './styles.css';

takeToken();
const root = document.getElementById('app');
if (root) render(<App />, root);
