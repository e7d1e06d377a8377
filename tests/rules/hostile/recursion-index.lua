-- recursion through a function in a table
-- expect: memory
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = {}
    function t.f(self, n) return self:f(n + 1) + 1 end
    return t:f(1)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
