#!/usr/bin/env node
// The built command, under a name that does not change.
import './dist/bin.js';
