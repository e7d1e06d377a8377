-- recursion through a sorted pairs
-- expect: memory
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local function deep(t)
      for k in pairs(t) do return deep({ [k] = t }) + 1 end
    end
    return deep({ x = 1 })
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
