import { mount } from "svelte";
import App from "./App.svelte";
import "./style.css";
import { keepShellOffline } from "./shell";

mount(App, { target: document.getElementById("app")! });
keepShellOffline();
