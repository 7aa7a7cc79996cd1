// Sends a file of phones as it is: it may be larger than a form can be.
"use strict";
document.addEventListener("change", async (e) => {
  const field = e.target.closest?.("[data-import]");
  if (!field?.files.length) return;
  const file = field.files[0], place = document.getElementById("imported");
  place.textContent = field.dataset.wait;
  field.disabled = true;
  try {
    const answer = await fetch(`${field.dataset.import}?name=${encodeURIComponent(file.name.slice(-20))}`, {
      method: "POST", body: file,
      headers: { "X-CSRF": field.dataset.csrf, "HX-Request": "true", "Content-Type": "application/octet-stream" },
    });
    place.innerHTML = await answer.text();
  } catch (error) { place.textContent = String(error.message); }
  field.disabled = false;
  field.value = "";
});
