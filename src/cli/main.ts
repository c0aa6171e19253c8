#!/usr/bin/env node
import { start } from "./start.ts";

void start("greentic-dist");
