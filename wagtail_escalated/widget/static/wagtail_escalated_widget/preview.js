// The preview shows the widget opened; calls made before it has loaded wait in a queue.
window.EscalatedWidget = window.EscalatedWidget || [];
window.EscalatedWidget.push(["open", "home"]);
