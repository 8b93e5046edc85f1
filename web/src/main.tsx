import { QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { newQueryClient } from "./api/queries";
import { App } from "./app";
import "./tokens.css";
import "./base.css";
import { startTheme } from "./theme/theme";

startTheme();
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <QueryClientProvider client={newQueryClient()}>
      <App />
    </QueryClientProvider>,
  );
}
