-- recursion that keeps a table each
-- expect: memory
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local function deep(t) return { deep({ t }) } end
    return deep({})
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
