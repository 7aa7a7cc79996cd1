// A button at each block of code that copies the code.
for (const block of document.querySelectorAll("div.highlight")) {
  const code = block.querySelector("pre");
  if (!code || !navigator.clipboard) continue;
  const chinese = document.documentElement.lang.startsWith("zh");
  const words = chinese ? ["复制", "已复制"] : ["Copy", "Copied"];
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy-code";
  button.textContent = words[0];
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = words[1];
    setTimeout(() => (button.textContent = words[0]), 1500);
  });
  block.append(button);
}
