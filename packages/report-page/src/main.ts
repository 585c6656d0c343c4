document.title = `fresh-modules report`
